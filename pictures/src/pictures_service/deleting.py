"""The pictures of a deleted product go."""

from datetime import datetime

from pictures_service.domain import Picture
from pictures_service.errors import NoSuchPicture
from pictures_service.repository import Pictures


class Deleting:
    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures

    def of_product(self, product_id: str, until: datetime) -> None:
        """Delete the pictures of a product that was deleted. Newer ones belong to a product that was created again
        under its id. The time of an event has no fractions of a second."""
        for each in self._pictures.of_product(product_id):
            if each.dated.replace(microsecond=0) <= until:
                self._delete_if_there(each)

    def _delete_if_there(self, picture: Picture) -> None:
        try:
            self._pictures.remove(picture)
        except NoSuchPicture:
            return  # another request was faster
