"""AppSync's data plane: see README.md."""

from tools.local.aws.appsync.errors import SchemaError, UnsupportedResolver
from tools.local.aws.appsync.model import Cloud, Resolver
from tools.local.aws.appsync.plane import AppSyncPlane
from tools.local.aws.appsync.resolving import supported
from tools.local.aws.appsync.schema import compile_schema

__all__ = [
    "AppSyncPlane",
    "Cloud",
    "Resolver",
    "SchemaError",
    "UnsupportedResolver",
    "compile_schema",
    "supported",
]
