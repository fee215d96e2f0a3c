"""Methods: named bundles of a posterior aggregator, a dynamic prior and an objective.

`mmcore.methods.base` says what a method is; each other module is one method, and
`mmcore.config.components` holds their options (it imports no torch).
"""
