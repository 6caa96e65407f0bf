"""What happens to a trained student: prediction in bulk; later export and serving."""
