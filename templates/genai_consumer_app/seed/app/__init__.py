"""What runs in Lambda. It needs Python and boto3, which Lambda's runtime brings."""
