"""Browser uploads: a form carries its signature in its fields, and the request has none."""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from tools.local.engine.patching import core, patch

_form: ContextVar[bool] = ContextVar("form", default=False)


def is_form(method: str, path: str, headers: Mapping[str, str]) -> bool:
    """Whether the request is a form that is posted to a bucket."""
    return (
        method == "POST"
        and headers.get("content-type", "").startswith("multipart/form-data")
        and path.strip("/").count("/") == 0
    )


@patch
def the_fields_of_a_form_are_its_credentials() -> None:
    """S3 checks the policy of a form, its signature and the rights of its signer. The engine does so too, after it has
    let the request itself pass as root, which `no_key_is_root` has removed. A form without a signature is refused: the
    engine sees it as an anonymous request to a bucket.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html
    """
    actions, evaluator = core("core.iam_actions"), core("core.iam_evaluator")
    original: Callable[..., str | None] = actions.extract_iam_action

    def extract_iam_action(service: str, method: str, path: str, headers: Mapping[str, str], *rest: Any) -> str | None:
        _form.set(service == "s3" and evaluator._anonymous.get() and is_form(method, path, headers))
        return None if _form.get() else original(service, method, path, headers, *rest)

    check: Callable[[str, str], Any] = evaluator.check_credentials

    def check_credentials(access_key: str, service: str) -> Any:
        return None if _form.get() and not access_key else check(access_key, service)

    actions.extract_iam_action = extract_iam_action
    evaluator.check_credentials = check_credentials
