using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Guildhall.Fabric;

/// <summary>Messages from and to bytes.</summary>
internal static class Wire
{
    public static ByteString Bytes(IMessage message) => UnsafeByteOperations.UnsafeWrap(message.ToByteArray());

    /// <exception cref="FabricException">The bytes are not such a message.</exception>
    public static T Parse<T>(MessageParser<T> parser, ByteString bytes, FabricStep step)
        where T : IMessage<T> => Parse(parser, bytes.Span, step);

    /// <exception cref="FabricException">The bytes are not such a message, or one of more elements than any network needs.</exception>
    public static T Parse<T>(MessageParser<T> parser, ReadOnlySpan<byte> bytes, FabricStep step)
        where T : IMessage<T>
    {
        if (HasTooManyElements(parser, bytes))
        {
            throw new FabricException(step, FabricErrorKind.Malformed, $"The Fabric {typeof(T).Name} has more than {WireBudget.MaxElements} elements, and is not read.");
        }

        try
        {
            return parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException problem)
        {
            throw new FabricException(step, FabricErrorKind.Malformed, $"The bytes are not a Fabric {typeof(T).Name}: {problem.Message}", inner: problem);
        }
    }

    /// <summary>Whether the message would be more than <see cref="WireBudget.MaxElements"/> objects.</summary>
    public static bool HasTooManyElements<T>(MessageParser<T> parser, ReadOnlySpan<byte> bytes)
        where T : IMessage<T> => WireBudget.IsExceeded(Kind<T>.Descriptor ??= parser.ParseFrom(ByteString.Empty).Descriptor, bytes);

    private static class Kind<T>
    {
        public static MessageDescriptor? Descriptor { get; set; }
    }
}
