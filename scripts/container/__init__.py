"""The parts of scripts/test-container."""
