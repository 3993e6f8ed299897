"""Temporary credentials end with their time, and not with the process of the cloud."""

import json
import os
import signal
from pathlib import Path
from typing import Any

from tools.local import lifecycle
from tools.local.client import Cloud, start_temporary

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}
MAY_LIST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"}]}


def test_a_session_survives_a_stop_and_a_kill(tmp_path: Path) -> None:
    with start_temporary(tmp_path) as cloud:
        iam = cloud.client("iam")
        iam.create_role(RoleName="lister", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.put_role_policy(RoleName="lister", PolicyName="list", PolicyDocument=json.dumps(MAY_LIST))
        arn = "arn:aws:iam::000000000000:role/lister"
        given = cloud.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        lifecycle.stop(cloud.home)
        lifecycle.start(cloud.home)
        listing(cloud, given).list_queues()
        pid = cloud.home.running()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert lifecycle.wait_until(lambda: cloud.home.running() is None, 5)
        lifecycle.start(cloud.home)
        listing(cloud, given).list_queues()


def listing(cloud: Cloud, given: Any) -> Any:
    session = cloud.session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    return cloud.client("sqs", session)
