"""Who answers: one file for each kind of API."""
