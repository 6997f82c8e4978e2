"""What the mission knows: desired state, diagnosis, plan. Pure; knows neither Ansible nor the wire."""
