"""Log lines: taken in, packed, mined for templates, counted, watched for trouble, and found again."""
