// Sign-up and sign-in with Cognito, without a library. The password never leaves the page: the storefront's app client
// takes the SRP protocol only. A larger page uses aws-amplify or amazon-cognito-identity-js instead of this file.

const N = BigInt(
  "0xFFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B" +
    "302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE6" +
    "49286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D" +
    "670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718" +
    "3995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7D" +
    "B3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C" +
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
);
const G = 2n;
const text = new TextEncoder();

export class Cognito {
  constructor({ cognitoUrl, userPoolId, storefrontClientId }) {
    Object.assign(this, { url: cognitoUrl, pool: userPoolId.split("_")[1], client: storefrontClientId });
  }

  signUp(email, password) {
    const UserAttributes = [{ Name: "email", Value: email }];
    return this.call("SignUp", { ClientId: this.client, Username: email, Password: password, UserAttributes });
  }

  confirm(email, code) {
    return this.call("ConfirmSignUp", { ClientId: this.client, Username: email, ConfirmationCode: code });
  }

  /** The ID token of a signed-in shopper, for the header `Authorization` of GraphQL requests. It is valid for an hour. */
  async signIn(email, password) {
    const a = fromBytes(crypto.getRandomValues(new Uint8Array(32)));
    const A = power(G, a);
    const AuthParameters = { USERNAME: email, SRP_A: A.toString(16) };
    const { ChallengeParameters: given } = await this.call("InitiateAuth", {
      AuthFlow: "USER_SRP_AUTH",
      ClientId: this.client,
      AuthParameters,
    });
    const key = await this.sharedKey(a, A, given, password);
    const block = Uint8Array.from(atob(given.SECRET_BLOCK), (one) => one.charCodeAt(0));
    const at = timestamp(new Date());
    const said = joined(text.encode(this.pool + given.USER_ID_FOR_SRP), block, text.encode(at));
    const signature = new Uint8Array(await crypto.subtle.sign("HMAC", key, said));
    const answer = await this.call("RespondToAuthChallenge", {
      ChallengeName: "PASSWORD_VERIFIER",
      ClientId: this.client,
      ChallengeResponses: {
        USERNAME: given.USER_ID_FOR_SRP,
        PASSWORD_CLAIM_SECRET_BLOCK: given.SECRET_BLOCK,
        PASSWORD_CLAIM_SIGNATURE: btoa(String.fromCharCode(...signature)),
        TIMESTAMP: at,
      },
    });
    if (answer.ChallengeName) throw new Error(`Cognito asks for ${answer.ChallengeName}, which this page does not have`);
    return answer.AuthenticationResult.IdToken;
  }

  async sharedKey(a, A, given, password) {
    const B = BigInt(`0x${given.SRP_B}`);
    if (B % N === 0n) throw new Error("Cognito's answer is not valid");
    const k = await hash(bytes(N), bytes(G));
    const u = await hash(bytes(A), bytes(B));
    const secret = await digest(text.encode(`${this.pool}${given.USER_ID_FOR_SRP}:${password}`));
    const x = await hash(bytes(BigInt(`0x${given.SALT}`)), secret);
    const base = (((B - k * power(G, x)) % N) + N) % N;
    const shared = await crypto.subtle.importKey("raw", bytes(power(base, a + u * x)), "HKDF", false, ["deriveKey"]);
    const how = { name: "HKDF", hash: "SHA-256", salt: bytes(u), info: text.encode("Caldera Derived Key") };
    return crypto.subtle.deriveKey(how, shared, { name: "HMAC", hash: "SHA-256", length: 128 }, false, ["sign"]);
  }

  async call(operation, body) {
    const headers = {
      "Content-Type": "application/x-amz-json-1.1",
      "X-Amz-Target": `AWSCognitoIdentityProviderService.${operation}`,
    };
    const response = await fetch(this.url, { method: "POST", headers, body: JSON.stringify(body) });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.message ?? answer.__type);
    return answer;
  }
}

function power(base, exponent) {
  let result = 1n;
  for (let rest = exponent, square = base % N; rest > 0n; rest >>= 1n, square = (square * square) % N) {
    if (rest & 1n) result = (result * square) % N;
  }
  return result;
}

/** The bytes of a number as Cognito hashes them: with a zero before a first byte of 128 or more. */
function bytes(number) {
  let hex = number.toString(16);
  if (hex.length % 2) hex = `0${hex}`;
  if (parseInt(hex[0], 16) >= 8) hex = `00${hex}`;
  return Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
}

function fromBytes(given) {
  return BigInt(`0x${Array.from(given, (one) => one.toString(16).padStart(2, "0")).join("")}`);
}

function joined(...parts) {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

async function digest(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts)));
}

async function hash(...parts) {
  return fromBytes(await digest(...parts));
}

/** Such as `Sat Nov 7 14:05:09 UTC 2026`. */
function timestamp(date) {
  const [day, number, month, year, time] = date.toUTCString().replace(",", "").split(" ");
  return `${day} ${month} ${Number(number)} ${time} UTC ${year}`;
}
