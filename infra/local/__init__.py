"""The one-command local run: environments, the embedded engine, the deployment, the front door."""
