"""What callers may do with a new service, and the names that its files are rendered with."""

from collections.abc import Mapping
from dataclasses import dataclass

APIS = ("iam", "cognito", "key")


def lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]


@dataclass(frozen=True)
class Fields:
    """The GraphQL type of the service's records, with a query and a mutation."""

    type: str
    total: bool = False
    status: bool = False

    @property
    def id(self) -> str:
        return f"{lower_first(self.type)}Id"

    @property
    def query(self) -> str:
        return f"get{self.type}"

    @property
    def mutation(self) -> str:
        return f"put{self.type}"

    @property
    def typed(self) -> Mapping[str, str]:
        """Name -> type of each field."""
        more = {"total": "Int!"} if self.total else {}
        more |= {"status": "String!"} if self.status else {}
        return {self.id: "ID!", "text": "String!", **more, "version": "Int!"}

    @property
    def fields(self) -> str:
        return " ".join(self.typed)


@dataclass(frozen=True)
class Access:
    """How a REST API knows its callers."""

    path: str
    scheme: str
    refused_status: str
    refused_meaning: str
    who_calls: str
    # What a row of docs/authorisation.yaml says (tools/project/authorisation.py has the order of the callers).
    verdicts: str


NO_ACCESS = Access("", "", "", "", "", "")
ACCESS = {
    "iam": Access(
        "/backend/records/{recordId}",
        "sigv4",
        "403",
        "Unsigned, badly signed or unauthorised.",
        "For other services, signed with IAM (SigV4, service execute-api).",
        "no  no  no  no  no  no  no  yes",
    ),
    "cognito": Access(
        "/records/{recordId}",
        "users",
        "401",
        "No ID token of the user pool, or one that has expired.",
        "For users of the pool and their own records. The header Authorization has the ID token.",
        "no  no  no  own own own own no",
    ),
    "key": Access(
        "/records/{recordId}",
        "api_key",
        "403",
        "No API key, an unknown or revoked one.",
        "For other companies. The header x-api-key has the API key.",
        "no  no  own no  no  no  no  no",
    ),
}
PREFLIGHT_VERDICTS = "yes yes yes yes yes yes yes yes"


def api_values(api: str) -> Mapping[str, object]:
    """The names that only the files of the REST API use."""
    access = ACCESS.get(api, NO_ACCESS)
    owner = {"cognito": "rest.user_of(event), ", "key": "rest.api_key_id_of(event), "}.get(api, "")
    caller = {"cognito": ", user_id=caller", "key": ", key_id=caller"}.get(api, "")
    return {
        **{name: name == api for name in APIS},
        **vars(access),
        "id_function": "own_record_id_of" if owner else "record_id_of",
        "id_arguments": f"{owner}name",
        "caller_parameter": ', caller: str = "caller-1"' if caller else "",
        "test_caller": caller,
    }
