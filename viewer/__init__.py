"""The Qt reading and reporting workstation, on the engine's services, domain and imaging."""
