"""Limits and field names that several services share, as the public contract states them."""

MAX_INT = 2_147_483_647  # GraphQL's Int
MAX_TRANSACTION_ITEMS = 100  # API Reference, TransactWriteItems
MAX_LINES = 50  # one DynamoDB transaction must hold all lines of an order
MAX_QUANTITY = 1_000
MAX_PRODUCT_IDS = 50  # that one request asks products or warehouse about
MAX_TOKEN_LENGTH = 200
MAX_ID_LENGTH = 200
MAX_NAME_LENGTH = 500
MAX_REASON_LENGTH = 500  # of a return, of its refusal, and of a refund

DIMENSIONS = ("width", "length", "height", "weight")
ADDRESS_FIELDS = ("name", "companyName", "streetAddress", "postCode", "city", "state", "country", "phoneNumber")
REQUIRED_ADDRESS_FIELDS = ("name", "streetAddress", "city", "country", "phoneNumber")  # non-null in GraphQL
PRODUCT_FIELDS = (
    "productId",
    "createdDate",
    "modifiedDate",
    "name",
    "package",
    "category",
    "tags",
    "pictures",
    "price",
)
LINE_FIELDS = (*PRODUCT_FIELDS, "quantity", "currency")
