using System.Formats.Asn1;
using System.Globalization;
using System.Numerics;
using Google.Protobuf;
using Guildhall.Fabric;
using Guildhall.Fabric.Messages;

namespace Guildhall.Tests.Fabric;

/// <summary>The other of a signature's two forms, which mathematics accepts and Fabric does not.</summary>
internal static class HighS
{
    private static readonly BigInteger Order = BigInteger.Parse("0FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", NumberStyles.HexNumber);

    public static UpdateSignature Of(UpdateSignature good)
    {
        var message = ConfigSignature.Parser.ParseFrom(good.ToBytes());
        var numbers = new AsnReader(message.Signature.Memory, AsnEncodingRules.DER).ReadSequence();
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(numbers.ReadInteger());
            writer.WriteInteger(Order - numbers.ReadInteger());
        }

        message.Signature = ByteString.CopyFrom(writer.Encode());
        return UpdateSignature.FromBytes(message.ToByteArray());
    }
}
