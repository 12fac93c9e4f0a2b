DROP INDEX certificates_on_own_curves;
-- What sources hold is other people's, and can be fetched again.
DROP TABLE source_events;
DROP TABLE source_quarantine;
DROP TABLE source_revoked;
DROP TABLE source_crl_chunks;
DROP TABLE source_crls;
DROP TABLE source_countries;
DROP TABLE source_members;
DROP TABLE source_certificates;
DROP TABLE source_signers;
DROP TABLE sources;
