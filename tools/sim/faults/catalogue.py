"""All faults, by hop, with their rates."""

from tools.sim.faults import call_faults as calls
from tools.sim.faults.base import Fault

# --- a person and AppSync ---
LOST_REQUEST = Fault("lost-request", (0.002, 0.05), "the request {where} never reached the API")
LOST_ANSWER = Fault("lost-answer", (0.002, 0.05), "the answer to {where} was lost")
INVOCATION_THROTTLED = Fault("invocation-throttled", (0.001, 0.02), "Lambda throttled {where}")

# --- delivery ---
EVENT_TWICE = Fault("event-twice", (0.01, 0.3), "EventBridge delivered {where} twice")
EVENT_LATE = Fault("event-late", (0.01, 0.3), "EventBridge delivered {where} late")
EVENT_VERY_LATE = Fault("event-very-late", (0.005, 0.2), "EventBridge delivered {where} hours late")
EVENT_UNDELIVERED = Fault("event-undelivered", (0.001, 0.03), "EventBridge gave up {where}: a dead letter")
TARGET_BUSY = Fault("target-busy", (0.01, 0.2), "the target of {where} was busy")
BATCH_TWICE = Fault("stream-batch-twice", (0.005, 0.1), "Lambda read the stream batch {where} twice")
MESSAGE_TWICE = Fault("queue-message-twice", (0.005, 0.1), "SQS delivered the message {where} again")

TASK_REFUSED = Fault("task-refused", (0.01, 0.25), "Lambda did not take the task of an execution, {where}")
TASK_LOST_ANSWER = Fault("task-lost-answer", (0.05, 0.5), "the answer to the task of an execution, {where}, was lost")

# --- the world around ---
CLOCK_OFF = Fault("clock-off", (0.05, 0.5), "the clock of {where} was off by seconds")
INDEX_LAG = Fault("index-lag", (1.0, 1.0), "indexes lagged behind their tables")
TABLE_THROTTLED = Fault("table-throttled", (0.02, 0.3), "{where} was throttled for five minutes")
API_DOWN = Fault("api-down", (0.03, 0.3), "the REST API of {where} was down for a minute")
DEPLOYMENT = Fault("deployment", (0.05, 0.5), "a new version of {where} was deployed")
TTL_DELETION = Fault("ttl-deletion", (0.3, 1.0), "DynamoDB deleted expired items of {where}")

ON_CALLS: list[calls.CallFault] = [
    calls.DynamoDBThrottles("dynamodb-throttles", (0.001, 0.03), "DynamoDB throttled {where}"),
    calls.DynamoDBFails("dynamodb-fails", (0.001, 0.02), "DynamoDB answered 500 to {where}"),
    calls.DynamoDBConflict("dynamodb-conflict", (0.005, 0.1), "another transaction was in the way of {where}"),
    calls.DynamoDBTimeout("dynamodb-timeout", (0.0005, 0.01), "DynamoDB did not answer {where}; nothing was done"),
    calls.DynamoDBLostAnswer("dynamodb-lost-answer", (0.001, 0.02), "the answer to {where} was lost after it was done"),
    calls.TransactionGoesOn(
        "transaction-goes-on", (0.001, 0.02), "DynamoDB still worked on {where} when the SDK repeated it"
    ),
    calls.BatchLeftOver("batch-left-over", (0.02, 0.5), "DynamoDB left keys of {where} unprocessed"),
    calls.TableThrottled("table-throttled-call", (1.0, 1.0), "the throttled table refused {where}"),
    calls.ApiDown("api-down-call", (1.0, 1.0), "the API that was down did not answer {where}"),
    calls.AwsFails("aws-fails", (0.001, 0.03), "AWS failed {where}"),
    calls.AwsLostAnswer("aws-lost-answer", (0.001, 0.03), "the answer to {where} was lost after it was done"),
    calls.AwsFailsAfter("aws-fails-after", (0.001, 0.03), "AWS did {where}, and answered 500"),
    calls.StatesThrottle("states-throttle", (0.005, 0.1), "Step Functions throttled {where}"),
    calls.PutEventsPartly("put-events-partly", (0.01, 0.6), "EventBridge refused some entries of {where}"),
    calls.CrashBefore("crash-before", (0.0005, 0.01), "the function died before {where}"),
    calls.CrashAfter("crash-after", (0.0005, 0.01), "the function died after {where}"),
    calls.RestRefused("rest-refused", (0.0005, 0.005), "{where} was answered 403"),
    calls.RestThrottled("rest-throttled", (0.002, 0.03), "{where} was answered 429"),
    calls.RestFails("rest-fails", (0.002, 0.03), "{where} was answered 503, nothing done"),
    calls.GraphqlErrors("graphql-errors", (0.005, 0.1), "AppSync answered {where} with errors"),
    calls.RestFailsAfter("rest-fails-after", (0.002, 0.03), "{where} was done, then answered 502"),
    calls.RestNoConnection("rest-no-connection", (0.002, 0.03), "{where} found no connection"),
    calls.RestLostAnswer("rest-lost-answer", (0.002, 0.03), "{where} was done, and its answer lost"),
    calls.RestSlow("rest-slow", (0.002, 0.03), "{where} was done, and answered late"),
    calls.ProviderFails("provider-fails", (0.005, 0.1), "the provider answered 503 to {where}"),
    calls.ProviderThrottles("provider-throttles", (0.005, 0.1), "the provider answered 429 to {where}"),
    calls.ProviderLostAnswer("provider-lost-answer", (0.005, 0.1), "the provider did {where}, and the answer was lost"),
    calls.ProviderSlow("provider-slow", (0.005, 0.1), "the provider did {where}, and answered late"),
    calls.ProviderTwice("provider-twice", (0.005, 0.1), "the provider got {where} twice"),
]

ALL: list[Fault] = [
    LOST_REQUEST,
    LOST_ANSWER,
    INVOCATION_THROTTLED,
    EVENT_TWICE,
    EVENT_LATE,
    EVENT_VERY_LATE,
    EVENT_UNDELIVERED,
    TARGET_BUSY,
    BATCH_TWICE,
    MESSAGE_TWICE,
    TASK_REFUSED,
    TASK_LOST_ANSWER,
    CLOCK_OFF,
    INDEX_LAG,
    TABLE_THROTTLED,
    API_DOWN,
    DEPLOYMENT,
    TTL_DELETION,
    *ON_CALLS,
]
BY_NAME = {fault.name: fault for fault in ALL}
# Faults that last for some time, and what they do to each call then.
OUTAGES = {TABLE_THROTTLED.name: "table-throttled-call", API_DOWN.name: "api-down-call"}
