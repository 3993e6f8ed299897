"""GraphQL: createPictureUpload, deletePicture, getPictures."""

from typing import Any

from ecom import graphql
from ecom.aws import create_during_init
from ecom.errors import Unauthorized
from ecom.graphql import Field
from pictures_service import bootstrap
from pictures_service.graphql_view import form_view, picture_view
from pictures_service.inputs import wanted_from

ADMINISTRATORS = "admin"


def handler(event: dict[str, Any], context: Any) -> Any:
    fields = {
        "createPictureUpload": create_picture_upload,
        "deletePicture": delete_picture,
        "getPictures": get_pictures,
    }
    return graphql.resolve(event, fields, context)


def create_picture_upload(field: Field) -> dict[str, Any]:
    require_administrator(field)
    form = bootstrap.uploading().begin(wanted_from(field.arguments["input"]), field.request_id)
    return form_view(form)


def delete_picture(field: Field) -> dict[str, Any]:
    require_administrator(field)
    return picture_view(bootstrap.uploading().delete(field.arguments["pictureId"]), bootstrap.cdn_url())


def get_pictures(field: Field) -> list[dict[str, Any]]:
    require_administrator(field)
    found = bootstrap.uploading().of_product(field.arguments["productId"])
    return [picture_view(each, bootstrap.cdn_url()) for each in found]


def require_administrator(field: Field) -> None:
    """The schema lets in administrators alone. The check here holds if its directive is ever wrong."""
    if ADMINISTRATORS not in field.groups:
        raise Unauthorized("only administrators manage pictures")


create_during_init(bootstrap.uploading)
