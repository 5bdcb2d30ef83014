"""The WeCom API client: plain Python, without Django, usable with any token store.

Facts about WeCom come from its manual; "doc 90236" means https://developer.work.weixin.qq.com/document/path/90236.
"""
