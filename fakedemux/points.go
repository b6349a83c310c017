package fakedemux

// The choice points of the simulated kernel.
var (
	PointOrder     = pointOrder
	PointDelay     = pointDelay
	PointSplit     = pointSplit
	PointDeliver   = pointDeliver
	PointConnect   = pointConnect
	PointShort     = pointShort
	PointReset     = pointReset
	PointInterrupt = pointInterrupt
	PointLate      = pointLate
	PointNoFile    = pointNoFile
	PointNoSpace   = pointNoSpace
	PointPacket    = pointPacket
	PointCancel    = pointCancel
	PointPolls     = pointPolls
	PointClosing   = pointClosing
	PointAgain     = pointAgain
	PointShortRead = pointShortRead
	PointSignal    = pointSignal
	PointSpurious  = pointSpurious
	PointGroup     = pointGroup
	PointHold      = pointHold
)
