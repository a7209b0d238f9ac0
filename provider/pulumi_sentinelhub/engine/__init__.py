"""What both front ends need beside Pulumi's engine: its log, its end, its backend, what it keeps."""
