"""Open banking: for how long a consent to read accounts at another bank holds."""

# Commission Delegated Regulation (EU) 2022/2360, which puts art. 10a into (EU) 2018/389: strong authentication anew at the
# latest after 180 days. The table nexafi.bank_consents checks the same number of hours.
CONSENT_DAYS = 180
