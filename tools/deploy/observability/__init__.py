"""The dashboard and the alarms of a service, made from its template and its `observability.yaml`.

The packager adds them to the template (docs/adr/0038-dashboards-and-alarms-are-generated.md).
"""
