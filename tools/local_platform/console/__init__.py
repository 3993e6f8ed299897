"""The APIs of the console's pages that know this platform: orders, dead letters, the map of the services, alarms."""
