"""The demonstration: a fleet of broken Windows endpoints, diagnosed, repaired, proven and explained."""
