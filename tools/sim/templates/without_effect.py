"""Types of resources that have no effect in a run, each with the reason."""

WITHOUT_EFFECT = {
    "AWS::Logs::LogGroup": "logs are kept by the run",
    "AWS::CloudWatch::Alarm": "no function and no person gets its message",
    "AWS::CloudWatch::CompositeAlarm": "as the alarms that it follows",
    "AWS::CloudWatch::Dashboard": "no person looks at it",
    "AWS::EventSchemas::Schema": "services check events with the schemas in their packages",
    "AWS::EventSchemas::Registry": "as the schemas",
    "AWS::Events::Archive": "nothing is replayed",
    "AWS::Lambda::Version": "each function has one version",
    "AWS::ApiGateway::Deployment": "an API is its document",
    "AWS::ApiGateway::Stage": "each API has one stage",
    "AWS::ApiGateway::UsagePlan": "no program is quicker than its limits",
    "AWS::KMS::Key": "nothing is encrypted",
    "AWS::SNS::Topic": "alarms only",
    "AWS::SNS::TopicPolicy": "alarms only",
    "AWS::WAFv2::WebACL": "no request comes from a browser",
    "AWS::WAFv2::WebACLAssociation": "as the firewall",
    "AWS::AppSync::ApiKey": "people are signed in",
    "AWS::AppSync::ApiCache": "only with a parameter that is off",
    "AWS::Cognito::UserPoolClient": "as the pool",
    "AWS::Cognito::UserPoolGroup": "as the pool",
}
