"""The three protocols: how a request is read and a reply is written.

json11.py      cognito-idp and cognito-identity
rest_json.py   cognito-sync
query_xml.py   sts and iam
"""
