/** The kinds of key that an authority may get here, the usual ones first. */
export const CA_KEYS = ["ec-p384", "ec-p256", "ec-p521", "rsa-3072", "rsa-4096", "rsa-pss-3072", "ed25519"] as const;
