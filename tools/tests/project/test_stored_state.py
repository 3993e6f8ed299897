"""Resources that store something keep their logical ids.

CloudFormation creates a new, empty resource for a new logical id. Nothing reads the rows of the old table any more, and
the messages of the old queue are deleted with it. Add a new resource here; never rename one.
"""

from tools.project import services

STORES = (
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::Table",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
    "AWS::SQS::Queue",
)
EXPECTED = {
    "delivery": {"PackagesQueue", "Table"},
    "notifications": {"Addresses", "NewsQueue", "Table"},
    "orders": {"EventQueue", "PaymentTokens", "Table"},
    "cart": {"CheckoutsTable", "EventQueue", "Table"},
    "partners": {"RequestsTable", "Table"},
    "payment": {"EarlyFactsTable", "FactsQueue", "RefundsTable", "Table"},
    "payment-3p": {"KeysTable", "MerchantSecret", "ScriptsTable", "Table"},
    "pictures": {"Bucket", "Table", "UploadsQueue"},
    "pipeline": {"ArtifactBucket"},
    "platform": {"ListenerTable"},
    "products": {"DeletedPictures", "Table"},
    "returns": {"Table"},
    "users": {"AppearedQueue", "UserPool"},
    "reconciliation": {"Table"},
    "warehouse": {"EventQueue", "Table"},
}


def test_no_resource_that_stores_something_was_renamed() -> None:
    found = {
        name: ids
        for name, service in services.discover().items()
        if (ids := {key for key, resource in service.template["Resources"].items() if resource["Type"] in STORES})
    }
    assert found == EXPECTED
