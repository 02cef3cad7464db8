"""What every `api.py` shares: requests, answers, access, errors, paging."""
