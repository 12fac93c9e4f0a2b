-- What is lost: which certificates have lists of their own. Their entries stay on the whole list. Lists of a scope, whose bytes could no longer be
-- put together, keep no record either; the numbers that they used stay burnt in "intents".
DELETE FROM crl_chunks WHERE crl IN (SELECT id FROM crls WHERE scope <> '');
DELETE FROM crls WHERE scope <> '';
ALTER TABLE crl_entries DROP COLUMN of_authority;
ALTER TABLE crl_entries DROP COLUMN scope;
ALTER TABLE authorities DROP COLUMN split;
DROP TABLE crl_scopes;
