return net.add(net.mul(rate));
