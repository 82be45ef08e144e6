"""The remote control: every verb of the stand-in over HTTP, for tests and the demo that run in another process.

A verb is a public coroutine of one of the verb classes. Its arguments and its result are checked and turned into JSON
by their annotations, so a verb is written once.
"""
