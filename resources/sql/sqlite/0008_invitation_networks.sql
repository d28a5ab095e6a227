-- From which network an invitation came, so that a full list makes room at the cost of whoever fills it. NULL: not known.
ALTER TABLE invitations ADD COLUMN network TEXT;
