"""Functions in child processes, under the runtime clients that AWS publishes.

Pool ──▶ Worker ──▶ launch.py ──▶ awslambdaric, or aws-lambda-ric
  ▲         └─ RuntimeApi ◀── next · response · error ───┘
  └ events wait here for a process that asks for one
"""
