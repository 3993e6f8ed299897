"""`python -m tools.explore.demo_goods`: the stock and the pictures of the demo's products, on the local cloud.

It acts as the administrator does in a browser: setStock, createPictureUpload, and the upload to S3. A product that has
stock or a picture keeps it, so it can run at every start. `make run` starts it once the platform is ready.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ecom_client.journey import Refused, Staff
from ecom_client.people import Person
from ecom_client.pictures import Pictures, post
from ecom_client.platform import Platform
from ecom_client.polling import poll
from tools.explore.demo_data import PEOPLE, PREFIX_OF_PRODUCTS, catalogue
from tools.explore.demo_pictures.drawings import draw
from tools.explore.sign_in import token
from tools.local.client import running_cloud
from tools.local.home import LocalCloudError

TYPE = "image/png"
# The service takes a picture within some seconds. While it works on one, the next is drawn.
AT_ONCE = 2
ATTEMPTS, WAIT_SECONDS = 5, 3.0


def main() -> int:
    try:
        cloud = running_cloud()
        os.environ.update(cloud.environment)  # by which `ecom_client` finds the platform
        person = Person(user_id="", email=PEOPLE["admin"][0], id_token=token(cloud, "admin"), access_token="")
        made = insist(Staff(Platform.from_environment(), person))
    except (LocalCloudError, Refused, BotoCoreError, ClientError, OSError) as error:
        sys.stderr.write(f"demo goods: {error}; repeat with `.venv/bin/python -m tools.explore.demo_goods`\n")
        return 1
    print(f"demo goods: {made['stock']} products counted, {made['pictures']} pictures drawn")
    return 0


def insist(admin: Staff, sleep: Callable[[float], None] = time.sleep) -> dict[str, int]:
    """Furnish, and go on where a busy machine answered TRY_AGAIN."""
    made: Counter[str] = Counter()
    for attempt in range(1, ATTEMPTS + 1):
        try:
            furnish(admin, made)
            break
        except Refused as refused:
            if refused.types != ["TRY_AGAIN"] or attempt == ATTEMPTS:
                raise
            sleep(WAIT_SECONDS * attempt)
    return {"stock": made["stock"], "pictures": made["pictures"]}


def furnish(admin: Staff, made: Counter[str]) -> None:
    """Adds to `made` how many products got stock, and how many a picture."""
    pictures, waiting = Pictures(admin), list[tuple[str, str]]()
    for product in catalogue():
        product_id = str(product["productId"])
        if "stock" in product and admin.stock(product_id) is None:
            admin.set_stock(product_id, int(product["stock"]))
            made["stock"] += 1
        if pictures.of_product(product_id):
            continue
        waiting.append((product_id, _upload(pictures, product)))
        made["pictures"] += 1
        if len(waiting) >= AT_ONCE:
            pictures.decided(*waiting.pop(0))
    for each in waiting:
        pictures.decided(*each)


def _upload(pictures: Pictures, product: Mapping[str, Any]) -> str:
    """The id of the picture."""
    name = str(product["productId"]).removeprefix(PREFIX_OF_PRODUCTS)
    content = draw(name, str(product["category"]))
    form = pictures.form(str(product["productId"]), TYPE, len(content))
    poll(lambda: post(form, content).status, lambda status: status == 204, what=f"the upload of a picture of {name}")
    return form["pictureId"]


if __name__ == "__main__":
    sys.exit(main())
