"""What holds a request back, one kind of limit in each file; `pace.Pace` puts them together."""
