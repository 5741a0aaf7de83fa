using Google.Protobuf;

namespace Guildhall.Fabric;

/// <summary>Messages from and to bytes.</summary>
internal static class Wire
{
    public static ByteString Bytes(IMessage message) => UnsafeByteOperations.UnsafeWrap(message.ToByteArray());

    /// <exception cref="FabricException">The bytes are not such a message.</exception>
    public static T Parse<T>(MessageParser<T> parser, ByteString bytes, FabricStep step)
        where T : IMessage<T> => Parse(parser, bytes.Span, step);

    /// <exception cref="FabricException">The bytes are not such a message.</exception>
    public static T Parse<T>(MessageParser<T> parser, ReadOnlySpan<byte> bytes, FabricStep step)
        where T : IMessage<T>
    {
        try
        {
            return parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException problem)
        {
            throw new FabricException(step, FabricErrorKind.Malformed, $"The bytes are not a Fabric {typeof(T).Name}: {problem.Message}", inner: problem);
        }
    }
}
