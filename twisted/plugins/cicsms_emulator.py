from twisted.application.service import ServiceMaker

cicsms_emulator = ServiceMaker(
    "cicsms-emulator", "cicsms.emulator.tap", "SMS brokers and their phones, played on this machine.", "cicsms-emulator"
)
