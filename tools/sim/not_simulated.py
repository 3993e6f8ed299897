"""What the simulator does not know."""


class NotSimulated(BaseException):
    """Something was asked of the simulator that it does not know; the text names it. It ends the run. No handler can
    catch it: it would treat what is missing here as a fault of AWS."""
