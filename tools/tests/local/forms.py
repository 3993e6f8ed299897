"""HTML forms with a file, as browsers post them to a bucket."""

import uuid
from collections.abc import Mapping

from tools.tests.local.http import Answer, call


def post_form(url: str, fields: Mapping[str, str], content: bytes, headers: Mapping[str, str] | None = None) -> Answer:
    """Post the fields, then the file."""
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n')
    body = "".join(parts).encode() + content + f"\r\n--{boundary}--\r\n".encode()
    return call(url, "POST", body, {"content-type": f"multipart/form-data; boundary={boundary}", **(headers or {})})
