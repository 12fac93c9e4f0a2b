-- What is lost: the lists of scopes, whose bytes could no longer be put together; the numbers that they used stay burnt in "intents". What is issued from now on
-- is on the whole list alone, until somebody asks for others again. Which scopes there were is kept as a setting: certificates name their lists, and these
-- go on when the registry is brought up again.
INSERT INTO settings (key, value)
    SELECT 'crl-scope.' || lower(hex(generation)) || '.' || scope, json_object('scope', scope, 'covers', covers, 'urls', json(urls)) FROM crl_scopes;
DELETE FROM crl_chunks WHERE crl IN (SELECT id FROM crls WHERE scope <> '');
DELETE FROM crls WHERE scope <> '';
ALTER TABLE crl_entries DROP COLUMN of_authority;
ALTER TABLE crl_entries DROP COLUMN crl_urls;
ALTER TABLE authorities DROP COLUMN split;
UPDATE authorities SET delta = 0, partitions = 0;
DROP TABLE crl_scopes;
