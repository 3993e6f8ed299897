"""The people of the demo data, signed in."""

from dataclasses import dataclass

from ecom_client.carts import Carts
from ecom_client.journey import Provider, Shopper, Staff
from ecom_client.people import Person
from ecom_client.platform import Platform
from tools.explore.demo_data import PEOPLE
from tools.explore.sign_in import token
from tools.local.client import Cloud


@dataclass(frozen=True)
class Cast:
    platform: Platform
    shopper: Shopper
    cart: Carts
    clerk: Staff
    admin: Staff
    provider: Provider


def cast(cloud: Cloud, platform: Platform) -> Cast:
    shopper = Shopper(platform, _person(cloud, "shopper"))
    return Cast(
        platform,
        shopper,
        Carts(shopper),
        Staff(platform, _person(cloud, "clerk")),
        Staff(platform, _person(cloud, "admin")),
        Provider(platform),
    )


def _person(cloud: Cloud, name: str) -> Person:
    signed_in = token(cloud, name)
    return Person(user_id="", email=PEOPLE[name][0], id_token=signed_in, access_token="")
