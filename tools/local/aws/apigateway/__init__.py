"""REST APIs as API Gateway serves them: what an OpenAPI document asks for, and what a bad request is told."""
