"""The Qt reading and reporting workstation; speaks only to engine's services, domain and errors."""
