using System.Numerics;
using System.Security.Cryptography;
using Guildhall.Fabric;

namespace Guildhall.Tests.Fabric;

public sealed class EcdsaTests
{
    [Theory]
    [InlineData("secp224r1")]
    [InlineData("nistP256")]
    [InlineData("nistP384")]
    [InlineData("nistP521")]
    public void Of_a_signatures_two_forms_one_is_low_and_both_are_the_keys(string curve)
    {
        using var key = ECDsa.Create(ECCurve.CreateFromFriendlyName(curve));
        var order = new BigInteger(key.ExportExplicitParameters(includePrivateParameters: false).Curve.Order, isUnsigned: true, isBigEndian: true);
        Assert.Equal(order, Ecdsa.OrderOf(key));

        var signatures = Enumerable.Range(0, 16).Select(_ => key.SignData("update"u8, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)).ToArray();

        Assert.Contains(signatures, one => !Ecdsa.IsLowS(one, key));
        Assert.All(signatures, one => Assert.True(Ecdsa.IsLowS(Ecdsa.ToLowS(one, key), key)));
        Assert.All(signatures, one => Assert.True(key.VerifyData("update"u8, Ecdsa.ToLowS(one, key), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)));
    }
}
