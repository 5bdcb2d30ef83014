"""The pretend WeCom: a program of its own, `python -m wechat_admin.simulator PORT`, spoken to over HTTP only.

It imports nothing of the portal and nothing of the portal imports it. Limits and codes stand here a second time on
purpose: it is the witness, and a witness does not copy.
"""
