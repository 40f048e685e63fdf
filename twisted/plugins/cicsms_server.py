from twisted.application.service import ServiceMaker

cicsms = ServiceMaker("cicsms", "cicsms.tap", "SMS server between brokers and queues.", "cicsms")
