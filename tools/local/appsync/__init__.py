"""AppSync's data plane for a local cloud: see README.md."""

from tools.local.appsync.errors import SchemaError, UnsupportedResolver
from tools.local.appsync.model import Cloud, Resolver
from tools.local.appsync.plane import AppSyncPlane
from tools.local.appsync.resolving import supported
from tools.local.appsync.schema import compile_schema

__all__ = [
    "AppSyncPlane",
    "Cloud",
    "Resolver",
    "SchemaError",
    "UnsupportedResolver",
    "compile_schema",
    "supported",
]
