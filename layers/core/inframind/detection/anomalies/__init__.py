"""From the model's verdicts to what a person reads: anomalies that open once and clear once.

Read `lifecycle` first. A `departure` is the sample behind an anomaly, `wording` puts it in a sentence, `suppressions`
keep quiet what people called normal, and the `outbox` holds what is open and what is still to be told.
"""
