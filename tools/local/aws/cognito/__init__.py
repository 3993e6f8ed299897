"""Cognito user pools: triggers and user names."""
