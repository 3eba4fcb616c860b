-- IAM: who may do what. One installation has one, in the database of its default region.

-- Roles, users, groups, managed policies and identity providers, each as one document. `name_key`
-- is the name as it is unique: in lower case where case does not count.
CREATE TABLE iam_entities (
  account TEXT NOT NULL,
  kind TEXT NOT NULL,
  name_key TEXT NOT NULL,
  entity_id TEXT NOT NULL,
  path TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (account, kind, name_key)
);
CREATE UNIQUE INDEX iam_entities_by_id ON iam_entities (entity_id);

-- What an entity refers to, for the way back: attached policies, boundaries, groups of a user.
CREATE TABLE iam_links (
  entity_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  target TEXT NOT NULL,
  PRIMARY KEY (entity_id, kind, target)
);
CREATE INDEX iam_links_of_target ON iam_links (target, kind);

-- Counts the changes, so that nodes see with one small question whether they still know all.
CREATE TABLE iam_changes (
  id SMALLINT PRIMARY KEY,
  number BIGINT NOT NULL
);
INSERT INTO iam_changes (id, number) VALUES (1, 0);

-- When and where a key pair was last used, to a quarter of an hour.
CREATE TABLE iam_key_uses (
  access_key_id TEXT PRIMARY KEY,
  used_ms BIGINT NOT NULL,
  service TEXT NOT NULL,
  region TEXT NOT NULL
);
